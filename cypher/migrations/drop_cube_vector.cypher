// drop_cube_vector: take the index away, to be made anew with other options.
// mode: schema
// params:
// returns:
DROP INDEX cube_vector IF EXISTS
