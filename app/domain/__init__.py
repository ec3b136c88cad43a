"""The rules of the procedure: plain functions over frozen values, standard library only."""
