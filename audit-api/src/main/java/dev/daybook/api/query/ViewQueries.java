package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Admission.Kind;
import dev.daybook.api.query.SavedViews.View;
import dev.daybook.contract.Scope;

import org.springframework.stereotype.Component;

import java.util.List;
import java.util.Locale;

/**
 * Keeps searches for their callers: each has views of its own, and an administrator shares some.
 */
@Component
public class ViewQueries {

    private static final String NOISE = "";
    private static final int MOST_VIEWS = 100;
    private static final int LONGEST_NAME = 100;
    private static final int LONGEST_QUERY = 4_000;

    private final SavedViews views;
    private final Admission admission;

    ViewQueries(SavedViews views, Admission admission) {
        this.views = views;
        this.admission = admission;
    }

    /**
     * The views of a caller.
     *
     * @param own those of the caller
     * @param shared those that others share
     * @param noise what the caller leaves out for good, as parameters of a URL, or an empty text
     */
    public record Kept(List<View> own, List<View> shared, String noise) {}

    /** Returns the views of a caller. */
    public Kept kept(Caller caller) {
        String credential = credential(caller);
        List<View> all =
                admission.admit(
                        Kind.ROW, () -> views.list(credential, caller.name(), 2 * MOST_VIEWS));
        List<View> own =
                all.stream()
                        .filter(
                                view ->
                                        view.credential().equals(credential)
                                                && view.owner().equals(caller.name()))
                        .toList();
        return new Kept(
                own.stream().filter(view -> !view.name().equals(NOISE)).toList(),
                all.stream().filter(view -> view.shared() && !own.contains(view)).toList(),
                own.stream()
                        .filter(view -> view.name().equals(NOISE))
                        .map(View::query)
                        .findFirst()
                        .orElse(""));
    }

    /** Keeps a search; only administrators share one. */
    public void save(Caller caller, String name, String query, boolean shared) {
        if (shared) {
            caller.require(Scope.ADMINISTER);
        }
        if (name.isBlank()
                || name.length() > LONGEST_NAME
                || name.chars().anyMatch(Character::isISOControl)
                || query.length() > LONGEST_QUERY) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "The search was not saved: its name has 1 to 100 characters without control"
                            + " characters, and the search at most 4000.");
        }
        if (kept(caller).own().size() >= MOST_VIEWS) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "The search was not saved: there are 100 already. Remove one of them.");
        }
        save(new View(credential(caller), caller.name(), name.strip(), query, shared));
    }

    /** Keeps what a caller leaves out for good; an empty text for nothing. */
    public void leaveOut(Caller caller, String noise) {
        if (noise.length() > LONGEST_QUERY) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "What is left out was not kept: it has more than 4000 characters. Leave out less.");
        }
        if (noise.isEmpty()) {
            remove(caller, NOISE);
        } else {
            save(new View(credential(caller), caller.name(), NOISE, noise, false));
        }
    }

    private void save(View view) {
        admission.admit(
                Kind.ROW,
                () -> {
                    views.save(view);
                    return view;
                });
    }

    /** Removes a view of the caller. */
    public void remove(Caller caller, String name) {
        admission.admit(
                Kind.ROW,
                () -> {
                    views.remove(credential(caller), caller.name(), name);
                    return name;
                });
    }

    private static String credential(Caller caller) {
        return caller.credential().name().toLowerCase(Locale.ROOT);
    }
}
