"""The cultivation ladder's rules and facts as data: dated rule versions, local tables, facts of firms with sources."""
