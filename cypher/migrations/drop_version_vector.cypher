// drop_version_vector: take the index away, to be made anew with other options.
// mode: schema
// params:
// returns:
DROP INDEX version_vector IF EXISTS
