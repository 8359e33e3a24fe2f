"""A naive reading of the rules of the segments, and random shops to compare it on."""
