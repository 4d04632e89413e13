// governed: every memory of a space that a policy's rules are about.
// mode: read
// params: space STRING
// returns: cube STRING
MATCH (c:MemCube {space: $space})
WHERE c.created_at IS NOT NULL // always so: lets the index of (space, created_at) serve
  AND c:Plaintext AND (c.live OR c.state = 'expired')
RETURN c.id AS cube
ORDER BY c.created_at, cube
