// drop_concept_vector: take the index away, to be made anew with other options.
// mode: schema
// params:
// returns:
DROP INDEX concept_vector IF EXISTS
