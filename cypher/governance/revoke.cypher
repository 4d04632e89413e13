// revoke: take a principal's grant on a space, or on one of its memories, away; the owner's stays.
// mode: write
// params: space STRING, cube STRING?, grantee STRING
// returns: grantee STRING
MATCH (p:Principal {id: $grantee})-[g:GRANTED]->(target)
WHERE (target:Space AND $cube IS NULL AND target.id = $space AND target.owner <> p.id)
   OR (target:MemCube AND target.id = $cube AND target.space = $space)
DELETE g
RETURN p.id AS grantee
