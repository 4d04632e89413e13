// job_space: finds the work of a space.
// mode: schema
// params: 
// returns: 
CREATE INDEX job_space IF NOT EXISTS FOR (n:Job) ON (n.space)
