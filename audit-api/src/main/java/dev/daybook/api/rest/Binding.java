package dev.daybook.api.rest;

import dev.daybook.api.path.EntityPaths.KeySegment;
import dev.daybook.api.path.EntityPaths.TableSegment;
import dev.daybook.api.path.EntityPaths.TextSegment;
import dev.daybook.api.query.ExportWriter.Format;
import dev.daybook.api.query.Filters;
import dev.daybook.api.query.InvalidValueException;
import dev.daybook.api.query.Times;
import dev.daybook.contract.Operation;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;
import dev.daybook.domain.history.EntryCounts.Facet;

import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.InitBinder;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.bind.annotation.ValueConstants;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.HandlerMapping;

import java.beans.PropertyEditorSupport;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads parameters as types, each in one spelling, with a sentence of ours where that fails.
 *
 * <p>Parameters of these types are read here: Spring makes a binder for each that an operation has,
 * given or not. Arrays of them are left to Spring, and to editors: where a converter refuses a
 * text, Spring asks its own editors, which take the Java names of constants, hexadecimal numbers
 * and halves of UUIDs.
 */
@RestControllerAdvice
class Binding implements HandlerMethodArgumentResolver {

    private static final Pattern ID =
            Pattern.compile("[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}");

    private static final String STAGES =
            Arrays.stream(Stage.values()).map(Stage::word).collect(Collectors.joining(", "));

    private static final String FACETS =
            Arrays.stream(Facet.values())
                    .map(facet -> facet.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(", "));

    private static final Map<Class<?>, Function<String, ?>> READERS =
            Map.ofEntries(
                    Map.entry(Instant.class, (Function<String, ?>) Times::parse),
                    Map.entry(Limit.class, (Function<String, ?>) Limit::parse),
                    Map.entry(Long.class, (Function<String, ?>) Filters::number),
                    Map.entry(Boolean.class, (Function<String, ?>) Filters::flag),
                    Map.entry(UUID.class, (Function<String, ?>) Binding::id),
                    Map.entry(Operation.class, (Function<String, ?>) Filters::operation),
                    Map.entry(Numbers.class, (Function<String, ?>) Binding::numbers),
                    Map.entry(Facet.class, (Function<String, ?>) Binding::facet),
                    Map.entry(Format.class, (Function<String, ?>) Binding::format),
                    Map.entry(Step.class, (Function<String, ?>) Step::parse),
                    Map.entry(Stage.class, (Function<String, ?>) Binding::stage),
                    Map.entry(TableName.class, (Function<String, ?>) Filters::table),
                    Map.entry(TableSegment.class, (Function<String, ?>) TableSegment::parse),
                    Map.entry(TextSegment.class, (Function<String, ?>) TextSegment::parse),
                    Map.entry(KeySegment.class, (Function<String, ?>) KeySegment::parse));

    private final Map<MethodParameter, Place> places = new ConcurrentHashMap<>();

    /**
     * Where a parameter's text is.
     *
     * @param fallback what it is where the request has none, or null
     */
    private record Place(
            String name,
            boolean inPath,
            boolean required,
            @Nullable String fallback,
            Function<String, ?> reader) {

        static Place of(MethodParameter parameter) {
            Function<String, ?> reader =
                    READERS.getOrDefault(parameter.getParameterType(), Function.identity());
            String name = String.valueOf(parameter.getParameter().getName());
            RequestParam given = parameter.getParameterAnnotation(RequestParam.class);
            if (given == null) {
                return new Place(name, true, true, null, reader);
            }
            boolean hasFallback = !given.defaultValue().equals(ValueConstants.DEFAULT_NONE);
            return new Place(
                    given.name().isEmpty() ? name : given.name(),
                    false,
                    given.required() && !hasFallback,
                    hasFallback ? given.defaultValue() : null,
                    reader);
        }

        @Nullable String text(NativeWebRequest request) {
            if (inPath) {
                return request.getAttribute(
                                        HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE,
                                        RequestAttributes.SCOPE_REQUEST)
                                instanceof Map<?, ?> segments
                        ? (String) segments.get(name)
                        : null;
            }
            String[] values = request.getParameterValues(name);
            String text = values == null ? null : String.join(",", values);
            return fallback != null && (text == null || text.isEmpty()) ? fallback : text;
        }
    }

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
        Class<?> type = parameter.getParameterType();
        return (type == String.class || READERS.containsKey(type))
                && (parameter.hasParameterAnnotation(RequestParam.class)
                        || parameter.hasParameterAnnotation(PathVariable.class));
    }

    @Override
    public @Nullable Object resolveArgument(
            MethodParameter parameter,
            @Nullable ModelAndViewContainer container,
            NativeWebRequest request,
            @Nullable WebDataBinderFactory binders)
            throws MissingServletRequestParameterException {
        Place place = places.computeIfAbsent(parameter, Place::of);
        String text = place.text(request);
        if (text == null) {
            if (place.required()) {
                throw new MissingServletRequestParameterException(
                        place.name(), parameter.getParameterType().getSimpleName());
            }
            return null;
        }
        try {
            return place.reader().apply(text);
        } catch (IllegalArgumentException e) {
            throw new MethodArgumentTypeMismatchException(
                    text, parameter.getParameterType(), place.name(), parameter, e);
        }
    }

    @InitBinder
    void register(WebDataBinder binder) {
        READERS.forEach((type, reader) -> binder.registerCustomEditor(type, new Editor(reader)));
    }

    private static final class Editor extends PropertyEditorSupport {

        private final Function<String, ?> reader;

        Editor(Function<String, ?> reader) {
            this.reader = reader;
        }

        @Override
        public void setAsText(String text) {
            setValue(reader.apply(text));
        }
    }

    private static UUID id(String text) {
        if (!ID.matcher(text).matches()) {
            throw invalid(
                    text, "is not an id: write the 36 characters of a UUID, as lists give them.");
        }
        return UUID.fromString(text);
    }

    private static Numbers numbers(String word) {
        return switch (word) {
            case "number" -> Numbers.NUMBER;
            case "string" -> Numbers.STRING;
            default ->
                    throw invalid(word, "is not a way to write numbers: it is number or string.");
        };
    }

    private static Format format(String word) {
        return switch (word) {
            case "ndjson" -> Format.NDJSON;
            case "csv" -> Format.CSV;
            default -> throw invalid(word, "is not a format: it is ndjson or csv.");
        };
    }

    private static Facet facet(String word) {
        for (Facet facet : Facet.values()) {
            if (word.equals(facet.name().toLowerCase(Locale.ROOT))) {
                return facet;
            }
        }
        throw invalid(word, "is not a facet: it is one of " + FACETS + ".");
    }

    private static Stage stage(String word) {
        return Stage.ofWord(word)
                .orElseThrow(() -> invalid(word, "is not a stage: it is one of " + STAGES + "."));
    }

    private static InvalidValueException invalid(String text, String rule) {
        return new InvalidValueException("\"" + text + "\" " + rule);
    }
}
