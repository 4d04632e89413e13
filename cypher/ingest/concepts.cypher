// concepts: create concepts, each within its topic.
// mode: write
// params: space STRING, concepts LIST<MAP>
// returns: created INTEGER
// touches: nothing
CYPHER 25
UNWIND $concepts AS row
MERGE (t:Topic {space: $space, name: row.topic})
ON CREATE SET t.embedding = toFloatList(row.embedding)
CREATE (k:Concept {space: $space, name: row.name})-[:WITHIN]->(t)
WITH k, row
CALL db.create.setNodeVectorProperty(k, 'embedding', toFloatList(row.embedding))
RETURN count(*) AS created
