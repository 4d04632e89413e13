// rename_topics: topics named after what no memory mentions any more are named after the most mentioned of their concepts; those without any go.
// mode: write
// params: space STRING
// returns: renamed INTEGER
// touches: nothing
// governs: $space
CALL () {
  MATCH (t:Topic {space: $space})
  WHERE t.name IS NOT NULL AND NOT EXISTS { (:Concept)-[:WITHIN]->(t) }
  DETACH DELETE t
}
WITH *
MATCH (t:Topic {space: $space})
WHERE t.name IS NOT NULL AND NOT EXISTS { (:Concept {space: $space, name: t.name}) }
MATCH (k:Concept)-[:WITHIN]->(t)
//> include fragments/renamed
