// topic_key: one topic a name in its space.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT topic_key IF NOT EXISTS FOR (n:Topic) REQUIRE (n.space, n.name) IS UNIQUE
