package dev.daybook.api.query;

import java.util.List;

/** The searches that people keep: the port through which they are kept. */
public interface SavedViews {

    /**
     * A search that is kept.
     *
     * @param name what its owner calls it; empty for what the owner leaves out for good
     * @param query its parameters, as in a URL
     * @param shared whether everybody sees it
     */
    record View(String credential, String owner, String name, String query, boolean shared) {}

    /** Returns the views of an owner, and those that are shared, by name. */
    List<View> list(String credential, String owner, int limit);

    /** Keeps a view, in the place of the one that its owner calls the same. */
    void save(View view);

    /** Removes a view; nothing happens where there is none. */
    void remove(String credential, String owner, String name);
}
