// step_key: one step an id in a run.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT step_key IF NOT EXISTS FOR (n:Step) REQUIRE (n.run, n.id) IS UNIQUE
