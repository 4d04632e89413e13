// revoke: take a principal's grant on a space, on one of its memories or on a topic's away; the owner's stays.
// mode: write
// params: space STRING, cube STRING?, topic STRING?, grantee STRING
// returns: grantee STRING
MATCH (p:Principal {id: $grantee})-[g:GRANTED]->(target)
WHERE (target:Space AND $cube IS NULL AND $topic IS NULL AND target.id = $space AND target.owner <> p.id)
   OR (target:MemCube AND target.id = $cube AND target.space = $space)
   OR (target:Topic AND target.name = $topic AND target.space = $space)
DELETE g
RETURN p.id AS grantee
