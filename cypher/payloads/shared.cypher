// shared: which of these payload files belong to a KV-cache that is still in service, or archived and kept.
// mode: read
// params: space STRING, files LIST<STRING>
// returns: file STRING
MATCH (a:Activation {space: $space})
WHERE a.state = 'activated' OR (a.state = 'archived' AND a.kept_cold)
UNWIND a.payload_files AS file
WITH DISTINCT file
WHERE file IN $files
RETURN file
