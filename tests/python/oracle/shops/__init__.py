"""Small random dirty shops, made so that edges, collisions and every bad row occur."""
