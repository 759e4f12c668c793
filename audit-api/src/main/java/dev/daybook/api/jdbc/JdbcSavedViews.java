package dev.daybook.api.jdbc;

import dev.daybook.api.query.SavedViews;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

import java.util.List;
import java.util.UUID;

/** Keeps searches in the audit database, by its functions. */
@Component
class JdbcSavedViews implements SavedViews {

    private final JdbcClient jdbc;

    JdbcSavedViews(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public List<View> list(String credential, String owner, int limit) {
        return jdbc.sql(
                        """
                        select * from (
                            (select * from audit.saved_view
                             where credential = :credential and owner = :owner)
                            union
                            (select * from audit.saved_view where shared)) v
                        order by name, owner limit :limit
                        """)
                .param("credential", credential)
                .param("owner", owner)
                .param("limit", limit)
                .query(
                        (row, number) ->
                                new View(
                                        row.getString("credential"),
                                        row.getString("owner"),
                                        row.getString("name"),
                                        row.getString("query"),
                                        row.getBoolean("shared")))
                .list();
    }

    @Override
    public void save(View view) {
        jdbc.sql(
                        """
                        select 1 from audit.save_view(:id, :credential, :owner, :name, :query, :shared)
                        """)
                .param("id", UUID.randomUUID())
                .param("credential", view.credential())
                .param("owner", view.owner())
                .param("name", view.name())
                .param("query", view.query())
                .param("shared", view.shared())
                .query((row, number) -> 0)
                .list();
    }

    @Override
    public void remove(String credential, String owner, String name) {
        jdbc.sql("select 1 from audit.remove_view(:credential, :owner, :name)")
                .param("credential", credential)
                .param("owner", owner)
                .param("name", name)
                .query((row, number) -> 0)
                .list();
    }
}
