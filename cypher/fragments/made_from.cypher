// made_from: each memory `made` with every `origin` that the product made it from, itself first, however many steps ago; what people noted is none.
// params: none
// needs: made or origin
// yields: made, origin
// The ends alone are asked for, so the server visits each memory once, whatever merges and circles there are.
MATCH (made:MemCube)-[:DERIVED_FROM*0..]->(origin:MemCube)
WITH DISTINCT *
