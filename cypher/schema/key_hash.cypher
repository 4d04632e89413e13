// key_hash: one API key a hash.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT key_hash IF NOT EXISTS FOR (n:ApiKey) REQUIRE n.hash IS UNIQUE
