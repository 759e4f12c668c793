package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.history.Choice;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.EntryQuery.Attributed;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads what is asked for out of named parameters: a name that comes several times means any of its
 * values, a name that begins with a minus leaves its values out.
 */
public final class Filters {

    /** Begins the names of parameters whose values are left out. */
    public static final char WITHOUT = '-';

    public static final String SOURCE = "source";
    public static final String TABLE = "table";
    public static final String KEY = "key";
    public static final String ACTOR = "actor";
    public static final String LOGIN_ROLE = "login_role";
    public static final String UNATTRIBUTED = "unattributed";
    public static final String FIELD = "field";
    public static final String OPERATION = "operation";
    public static final String TRANSACTION = "transaction";
    public static final String REASON = "reason";
    public static final String REQUEST = "request";
    public static final String FROM = "from";
    public static final String TO = "to";

    /** The parameters that may come several times, and be left out. */
    public static final List<String> CHOICES =
            List.of(SOURCE, TABLE, KEY, ACTOR, LOGIN_ROLE, FIELD, OPERATION, REASON, REQUEST);

    /** All parameters, in the order in which they are shown. */
    public static final List<String> NAMES =
            List.of(
                    SOURCE,
                    TABLE,
                    KEY,
                    ACTOR,
                    LOGIN_ROLE,
                    UNATTRIBUTED,
                    FIELD,
                    OPERATION,
                    TRANSACTION,
                    REASON,
                    REQUEST,
                    FROM,
                    TO,
                    "-source",
                    "-table",
                    "-key",
                    "-actor",
                    "-login_role",
                    "-field",
                    "-operation",
                    "-reason",
                    "-request");

    private static final int MOST_VALUES = 50;
    private static final String OPERATIONS =
            Arrays.stream(Operation.values())
                    .map(Operation::word)
                    .collect(Collectors.joining(", "));

    private final Map<String, String[]> parameters;

    private Filters(Map<String, String[]> parameters) {
        this.parameters = parameters;
    }

    /**
     * Returns what the parameters ask for; others than {@link #NAMES} are not looked at.
     *
     * @throws ProblemException if one is not valid, or two contradict each other
     */
    public static EntryQuery read(Map<String, String[]> parameters) {
        return new Filters(parameters).query();
    }

    private EntryQuery query() {
        EntryQuery query =
                new EntryQuery.Builder()
                        .sources(choice(SOURCE, text -> text))
                        .tables(choice(TABLE, Filters::table))
                        .keys(choice(KEY, EntityKey::new))
                        .actors(choice(ACTOR, text -> text))
                        .loginRoles(choice(LOGIN_ROLE, text -> text))
                        .attributed(attributed())
                        .fields(choice(FIELD, text -> text))
                        .operations(choice(OPERATION, Filters::operation))
                        .transaction(one(TRANSACTION, Filters::number))
                        .reasons(choice(REASON, text -> text))
                        .requests(choice(REQUEST, text -> text))
                        .from(one(FROM, Times::parse))
                        .to(one(TO, Times::parse))
                        .build();
        if (!query.keys().isAny() && query.tables().single() == null) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "The parameter \"key\" names a row only together with one \"table\": add it.");
        }
        checkFilters(
                query.actors().only(),
                query.attributed() == Attributed.NO,
                query.operations().single(),
                query.fields().only());
        checkSpan(query.from(), query.to());
        return query;
    }

    /** Refuses filters that no entry can pass together. */
    public static void checkFilters(
            Collection<String> actors,
            boolean unattributed,
            @Nullable Operation operation,
            Collection<String> fields) {
        if (unattributed && !actors.isEmpty()) {
            throw contradicting(UNATTRIBUTED, ACTOR, "a change that has an actor is attributed");
        }
        if (operation == Operation.SNAPSHOT && unattributed) {
            throw contradicting(OPERATION, UNATTRIBUTED, "a snapshot is nobody's change");
        }
        if (operation == Operation.SNAPSHOT && !fields.isEmpty()) {
            throw contradicting(OPERATION, FIELD, "a snapshot changes no column");
        }
    }

    private static ProblemException contradicting(String one, String other, String why) {
        return new ProblemException(
                Problem.INVALID_PARAMETER,
                "The parameters \"%s\" and \"%s\" contradict each other (%s): leave one of them out."
                        .formatted(one, other, why));
    }

    /** Refuses a span of time that ends before it begins. */
    public static void checkSpan(@Nullable Instant from, @Nullable Instant to) {
        if (from != null && to != null && to.isBefore(from)) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "The parameter \"to\" (%s) is before \"from\" (%s): exchange them."
                            .formatted(WireTime.text(to), WireTime.text(from)));
        }
    }

    private <T> Choice<T> choice(String name, Function<String, T> reader) {
        Set<T> only = values(name, reader);
        Set<T> without = values(WITHOUT + name, reader);
        return only.isEmpty() && without.isEmpty() ? Choice.any() : new Choice<>(only, without);
    }

    private <T> Set<T> values(String name, Function<String, T> reader) {
        String[] given = parameters.get(name);
        Set<T> values = new LinkedHashSet<>();
        if (given != null) {
            if (given.length > MOST_VALUES) {
                throw new ProblemException(
                        Problem.INVALID_PARAMETER,
                        "The parameter \"%s\" is given %d times, and may be %d times: ask in parts."
                                .formatted(name, given.length, MOST_VALUES));
            }
            for (String text : given) {
                values.add(value(name, text, reader));
            }
        }
        return values;
    }

    private <T> @Nullable T one(String name, Function<String, T> reader) {
        String[] given = parameters.get(name);
        return given == null || given.length == 0 ? null : value(name, given[0], reader);
    }

    private static <T> T value(String name, String text, Function<String, T> reader) {
        try {
            return reader.apply(text);
        } catch (InvalidValueException e) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "The parameter \"%s\": %s".formatted(name, e.sentence()));
        }
    }

    private Attributed attributed() {
        Boolean unattributed = one(UNATTRIBUTED, Filters::flag);
        return unattributed == null
                ? Attributed.EITHER
                : unattributed ? Attributed.NO : Attributed.YES;
    }

    /** Reads true or false. */
    public static Boolean flag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw invalid(text, "is not true or false.");
        };
    }

    /** Reads a whole number, in its one spelling. */
    public static Long number(String text) {
        if (text.matches("-?[0-9]{1,19}")) {
            try {
                return Long.valueOf(text);
            } catch (NumberFormatException e) {
                // More than 64 bits: said below.
            }
        }
        throw invalid(text, "is not a whole number of 64 bits.");
    }

    /** Reads a table's name. */
    public static TableName table(String text) {
        try {
            return TableName.parse(text);
        } catch (IllegalArgumentException e) {
            throw invalid(
                    text,
                    "is not a table: write schema.table, and quote a part that contains a dot.");
        }
    }

    /** Reads an operation's word. */
    public static Operation operation(String word) {
        return Operation.ofWord(word)
                .orElseThrow(
                        () ->
                                invalid(
                                        word,
                                        "is not an operation: it is one of " + OPERATIONS + "."));
    }

    private static InvalidValueException invalid(String text, String rule) {
        return new InvalidValueException("\"" + text + "\" " + rule);
    }

    /** Writes what is asked for as parts of a question. */
    static Question question(Question question, EntryQuery query) {
        question.with(SOURCE, query.sources(), text -> text)
                .with(TABLE, query.tables(), TableName::toString)
                .with(KEY, query.keys(), EntityKey::text)
                .with(ACTOR, query.actors(), text -> text)
                .with(LOGIN_ROLE, query.loginRoles(), text -> text)
                .with(UNATTRIBUTED, query.attributed() == Attributed.NO)
                .with(FIELD, query.fields(), text -> text)
                .with(OPERATION, query.operations(), Operation::word)
                .with(TRANSACTION, Words.of(query.transactionId()))
                .with(REASON, query.reasons(), text -> text)
                .with(REQUEST, query.requests(), text -> text)
                .with(FROM, query.from())
                .with(TO, query.to());
        return query.attributed() == Attributed.YES
                ? question.with(UNATTRIBUTED, "false")
                : question;
    }
}
