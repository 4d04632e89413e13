// topics: every topic of a space, to place new concepts under.
// mode: read
// params: space STRING
// returns: name STRING, embedding LIST<FLOAT>
MATCH (t:Topic {space: $space})
WHERE t.name IS NOT NULL // always so: lets the index of (space, name) serve
RETURN t.name AS name, t.embedding AS embedding
