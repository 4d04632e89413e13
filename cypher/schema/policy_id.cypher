// policy_id: one policy an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT policy_id IF NOT EXISTS FOR (n:Policy) REQUIRE n.id IS UNIQUE
