// topics: a topic that is called after somebody is called after the most mentioned of its other concepts instead.
// mode: write
// params: space STRING, named STRING
// returns: renamed INTEGER
// touches: nothing
// governs: $space
MATCH (t:Topic {space: $space})
WHERE t.name IS NOT NULL AND normalize(t.name) =~ $named
MATCH (k:Concept)-[:WITHIN]->(t)
WHERE NOT normalize(k.name) =~ $named
//> include fragments/renamed
