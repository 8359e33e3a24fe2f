"""A naive second reading of the segment specification, and random shops to try it on."""
