// parts: the other memories that hold parts of the one message that this memory is a part of: "2 of 5" of the source's message ID is ID/2.
// mode: read
// params: cube STRING
// returns: id STRING
MATCH (c:MemCube {id: $cube})-[at:FROM]->(:Source)<-[other:FROM]-(p:MemCube)
WHERE c.part IS NOT NULL AND p.part IS NOT NULL AND p <> c AND p.space = c.space AND p.state <> 'deleted'
WITH c, at, p, other, split(c.part, ' of ') AS mine, split(p.part, ' of ') AS its
WHERE its[1] = mine[1] AND CASE
  WHEN c.origin_id ENDS WITH '/' + mine[0]
    THEN p.origin_id = substring(c.origin_id, 0, size(c.origin_id) - size(mine[0])) + its[0]
  // One that came without an id: its parts followed each other.
  ELSE NOT p.origin_id ENDS WITH '/' + its[0] AND coalesce(p.speaker, '') = coalesce(c.speaker, '')
    AND other.position - toInteger(its[0]) = at.position - toInteger(mine[0])
END
RETURN DISTINCT p.id AS id
ORDER BY id
