// source_key: one source an id in its space.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT source_key IF NOT EXISTS FOR (n:Source) REQUIRE (n.space, n.id) IS UNIQUE
