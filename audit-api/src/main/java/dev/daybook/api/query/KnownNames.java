package dev.daybook.api.query;

import dev.daybook.contract.TableName;

import java.util.List;

/**
 * The names that the log has seen: so that an answer without entries is told from a name that is
 * spelled wrong. Asked only where nothing was found.
 */
public interface KnownNames {

    /** Returns the sources that the log knows without looking for them, in order. */
    List<String> sources();

    /** Returns whether there is an entry, a rejected record or a watermark of a source. */
    boolean hasSource(String source);

    /** Returns the tables of which there are entries, in order; not more than a limit. */
    List<TableName> tables(int limit);

    /** Returns whether there is an entry of a table. */
    boolean hasTable(TableName table);

    /** Returns the columns of a table's newest and oldest entries, in order. */
    List<String> columns(TableName table);

    /** Returns whether an entry of a table has a column. */
    boolean hasColumn(TableName table, String column);

    /** Returns whether a record was rejected with a word for the reason. */
    boolean hasCode(String code);

    /** Returns whether a record of a table was rejected; the name is any text. */
    boolean hasRejectedTable(String table);
}
