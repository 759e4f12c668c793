package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Filters;
import dev.daybook.domain.history.EntryQuery;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Refuses parameters that the operation does not have, and values that none can have. */
@Component
class Parameters implements WebMvcConfigurer, HandlerInterceptor, HandlerMethodArgumentResolver {

    /** The parameter of counts that may come several times. */
    static final String FACET = "facet";

    private static final Set<String> MAY_BE_EMPTY = Set.of("key", "-key");

    private final Map<HandlerMethod, Set<String>> known = new ConcurrentHashMap<>();

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(this).addPathPatterns("/api/**");
    }

    @Override
    public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(this);
    }

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
        return parameter.getParameterType() == EntryQuery.class;
    }

    @Override
    public EntryQuery resolveArgument(
            MethodParameter parameter,
            @Nullable ModelAndViewContainer container,
            NativeWebRequest request,
            @Nullable WebDataBinderFactory binders) {
        return Filters.read(request.getParameterMap());
    }

    @Override
    public boolean preHandle(
            HttpServletRequest request, HttpServletResponse response, Object handler) {
        if (handler instanceof HandlerMethod method) {
            Set<String> names = known.computeIfAbsent(method, Parameters::names);
            for (Map.Entry<String, String[]> parameter : request.getParameterMap().entrySet()) {
                String name = parameter.getKey();
                if (!names.contains(name)) {
                    throw new ProblemException(
                            Problem.UNKNOWN_PARAMETER,
                            "There is no parameter \"%s\" here%s."
                                    .formatted(
                                            name,
                                            names.isEmpty()
                                                    ? ": leave it out"
                                                    : "; there are "
                                                            + names.stream()
                                                                    .sorted()
                                                                    .collect(
                                                                            Collectors.joining(
                                                                                    ", "))));
                }
                check(name, parameter.getValue(), method);
            }
        }
        return true;
    }

    private static void check(String name, String[] values, HandlerMethod method) {
        if (values.length > 1 && !mayComeAgain(name, method)) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "The parameter \"%s\" is given %d times: give it once."
                            .formatted(name, values.length));
        }
        for (String value : values) {
            if (value.isEmpty() && !MAY_BE_EMPTY.contains(name)) {
                throw new ProblemException(
                        Problem.INVALID_PARAMETER,
                        "The parameter \"%s\" is empty: give it a value, or leave it out."
                                .formatted(name));
            }
            if (value.indexOf(0) >= 0) {
                throw new ProblemException(
                        Problem.INVALID_PARAMETER,
                        "The parameter \"%s\" holds the character U+0000, which PostgreSQL cannot keep: nothing in the log has it."
                                .formatted(name));
            }
        }
    }

    private static boolean mayComeAgain(String name, HandlerMethod method) {
        String filter = name.startsWith("-") ? name.substring(1) : name;
        return hasFilters(method) && Filters.CHOICES.contains(filter) || name.equals(FACET);
    }

    private static boolean hasFilters(HandlerMethod method) {
        return Arrays.stream(method.getMethodParameters())
                .anyMatch(parameter -> parameter.getParameterType() == EntryQuery.class);
    }

    private static Set<String> names(HandlerMethod method) {
        return Stream.concat(
                        Arrays.stream(method.getMethodParameters())
                                .filter(p -> p.hasParameterAnnotation(RequestParam.class))
                                .map(Parameters::name),
                        hasFilters(method) ? Filters.NAMES.stream() : Stream.of())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String name(MethodParameter parameter) {
        RequestParam annotation = parameter.getParameterAnnotation(RequestParam.class);
        return annotation == null || annotation.name().isEmpty()
                ? String.valueOf(parameter.getParameter().getName())
                : annotation.name();
    }
}
