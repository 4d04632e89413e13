// job_id: one job an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT job_id IF NOT EXISTS FOR (n:Job) REQUIRE n.id IS UNIQUE
