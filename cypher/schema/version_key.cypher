// version_key: one version a number.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT version_key IF NOT EXISTS FOR (n:MemVersion) REQUIRE (n.cube, n.number) IS UNIQUE
