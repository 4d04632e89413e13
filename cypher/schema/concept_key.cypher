// concept_key: one concept a name in its space.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT concept_key IF NOT EXISTS FOR (n:Concept) REQUIRE (n.space, n.name) IS UNIQUE
