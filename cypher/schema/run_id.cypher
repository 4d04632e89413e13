// run_id: one run an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT run_id IF NOT EXISTS FOR (n:Run) REQUIRE n.id IS UNIQUE
