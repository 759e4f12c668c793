package dev.daybook.api.rest;

import jakarta.servlet.http.HttpServletRequest;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.webmvc.autoconfigure.WebMvcRegistrations;
import org.springframework.stereotype.Component;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.mvc.condition.PathPatternsRequestCondition;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.util.ServletRequestPathUtils;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Finds the operation of a request, and reads its parameters, at less cost than Spring does. */
@Component
class Dispatching implements WebMvcRegistrations {

    private final Binding binding;

    Dispatching(Binding binding) {
        this.binding = binding;
    }

    @Override
    public RequestMappingHandlerMapping getRequestMappingHandlerMapping() {
        return new ByLiterals();
    }

    @Override
    public RequestMappingHandlerAdapter getRequestMappingHandlerAdapter() {
        return new RequestMappingHandlerAdapter() {
            @Override
            public void afterPropertiesSet() {
                super.afterPropertiesSet();
                List<HandlerMethodArgumentResolver> resolvers = new ArrayList<>();
                resolvers.add(binding);
                List<HandlerMethodArgumentResolver> own = getArgumentResolvers();
                if (own != null) {
                    resolvers.addAll(own);
                }
                setArgumentResolvers(resolvers);
            }
        };
    }

    /**
     * Looks at the literal parts of a path before anything else: Spring reads each operation's
     * conditions, the Accept header among them, until it finds the one of this path.
     */
    private static final class ByLiterals extends RequestMappingHandlerMapping {

        private final Map<RequestMappingInfo, List<Literals>> literals = new ConcurrentHashMap<>();

        @Override
        protected @Nullable RequestMappingInfo getMatchingMapping(
                RequestMappingInfo operation, HttpServletRequest request) {
            String asked =
                    ServletRequestPathUtils.getParsedRequestPath(request)
                            .pathWithinApplication()
                            .value();
            List<Literals> paths = literals.computeIfAbsent(operation, ByLiterals::literals);
            for (Literals path : paths) {
                if (path.mayBe(asked)) {
                    return super.getMatchingMapping(operation, request);
                }
            }
            return null;
        }

        private static List<Literals> literals(RequestMappingInfo operation) {
            PathPatternsRequestCondition condition = operation.getPathPatternsCondition();
            return condition == null
                    ? List.of(Literals.ANY)
                    : condition.getPatternValues().stream().map(Literals::of).toList();
        }
    }

    /**
     * How the paths of a pattern begin and end.
     *
     * @param begin before its first variable part
     * @param end after its last
     */
    private record Literals(String begin, String end) {

        static final Literals ANY = new Literals("", "");

        static Literals of(String pattern) {
            int first = 0;
            while (first < pattern.length() && "{*?".indexOf(pattern.charAt(first)) < 0) {
                first++;
            }
            int last = pattern.length();
            while (last > first && "}*?".indexOf(pattern.charAt(last - 1)) < 0) {
                last--;
            }
            return new Literals(pattern.substring(0, first), pattern.substring(last));
        }

        /** Returns whether a path may be of the pattern; one with escapes or parameters may. */
        boolean mayBe(String path) {
            return path.startsWith(begin) && path.endsWith(end)
                    || path.indexOf('%') >= 0
                    || path.indexOf(';') >= 0;
        }
    }
}
