// run_space: finds the runs of a space, by id.
// mode: schema
// params: 
// returns: 
CREATE INDEX run_space IF NOT EXISTS FOR (n:Run) ON (n.space, n.id)
