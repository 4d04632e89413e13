// drop_cube_text: take the index away, to be made anew over other properties.
// mode: schema
// params:
// returns:
DROP INDEX cube_text IF EXISTS
