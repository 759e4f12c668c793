package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.contract.Operation;
import dev.daybook.contract.WireTime;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Refuses parameters that the operation does not have, and values that none can have. */
@Component
class Parameters implements WebMvcConfigurer, HandlerInterceptor {

    private final Map<HandlerMethod, Set<String>> known = new ConcurrentHashMap<>();

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(this).addPathPatterns("/api/**");
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
                if (parameter.getValue()[0].isEmpty() && !name.equals("key")) {
                    throw new ProblemException(
                            Problem.INVALID_PARAMETER,
                            "The parameter \"%s\" is empty: give it a value, or leave it out."
                                    .formatted(name));
                }
                if (parameter.getValue()[0].indexOf(0) >= 0) {
                    throw new ProblemException(
                            Problem.INVALID_PARAMETER,
                            "The parameter \"%s\" holds the character U+0000, which PostgreSQL cannot keep: nothing in the log has it."
                                    .formatted(name));
                }
                if (parameter.getValue().length > 1) {
                    throw new ProblemException(
                            Problem.INVALID_PARAMETER,
                            "The parameter \"%s\" is given %d times: give it once."
                                    .formatted(name, parameter.getValue().length));
                }
            }
        }
        return true;
    }

    private static Set<String> names(HandlerMethod method) {
        return Arrays.stream(method.getMethodParameters())
                .filter(parameter -> parameter.hasParameterAnnotation(RequestParam.class))
                .map(Parameters::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String name(MethodParameter parameter) {
        RequestParam annotation = parameter.getParameterAnnotation(RequestParam.class);
        return annotation == null || annotation.name().isEmpty()
                ? String.valueOf(parameter.getParameter().getName())
                : annotation.name();
    }

    /** Refuses filters that no entry can pass together. */
    static void checkFilters(
            @Nullable String actor,
            boolean unattributed,
            @Nullable Operation operation,
            @Nullable String field) {
        if (unattributed && actor != null) {
            throw contradicting(
                    "unattributed", "actor", "a change that has an actor is attributed");
        }
        if (operation == Operation.SNAPSHOT && unattributed) {
            throw contradicting("operation", "unattributed", "a snapshot is nobody's change");
        }
        if (operation == Operation.SNAPSHOT && field != null) {
            throw contradicting("operation", "field", "a snapshot changes no column");
        }
    }

    private static ProblemException contradicting(String one, String other, String why) {
        return new ProblemException(
                Problem.INVALID_PARAMETER,
                "The parameters \"%s\" and \"%s\" contradict each other (%s): leave one of them out."
                        .formatted(one, other, why));
    }

    /** Refuses a span of time that ends before it begins. */
    static void checkSpan(@Nullable Instant from, @Nullable Instant to) {
        if (from != null && to != null && to.isBefore(from)) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "The parameter \"to\" (%s) is before \"from\" (%s): exchange them."
                            .formatted(WireTime.text(to), WireTime.text(from)));
        }
    }
}
