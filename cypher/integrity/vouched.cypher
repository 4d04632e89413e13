// vouched: the store notes that its memories are vouched for: those without a digest are broken from now on.
// mode: write
// params: sign STRING
// returns: vouched STRING
// touches: nothing
MATCH (s:Store {id: 'memos-graph'})
SET s.vouched = $sign
RETURN s.vouched AS vouched
