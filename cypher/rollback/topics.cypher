// topics: the topics of a space that somebody holds a grant on.
// mode: read
// params: space STRING, grantee STRING
// returns: topic STRING
MATCH (:Principal {id: $grantee})-[:GRANTED]->(t:Topic {space: $space})
RETURN t.name AS topic
