// job_state: finds the work that waits.
// mode: schema
// params: 
// returns: 
CREATE INDEX job_state IF NOT EXISTS FOR (n:Job) ON (n.state)
