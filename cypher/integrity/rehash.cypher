// rehash: versions of a memory have the checksums of what they say now; it is vouched for anew in the same transaction.
// mode: write
// params: cube STRING, versions LIST<MAP>
// returns: written INTEGER
// touches: nothing
UNWIND $versions AS row
MATCH (v:MemVersion {cube: $cube, number: row.number})
SET v.sha256 = row.sha256
RETURN count(v) AS written
