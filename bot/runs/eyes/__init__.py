"""For whose eyes a run is: what is read for it is posted where its readers are, or someone has agreed."""
