package dev.daybook.api.rest;

import dev.daybook.api.query.Times;
import dev.daybook.contract.WireTime;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.filter.ShallowEtagHeaderFilter;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

import java.util.EnumSet;
import java.util.List;

/**
 * Says how long an answer may be kept: one about a time up to which the log is complete for five
 * minutes, any other until it has been asked for again, which costs no body where it is the same.
 */
@RestControllerAdvice
class Caching implements ResponseBodyAdvice<Object> {

    private static final String SETTLED = "max-age=300, private";
    private static final String OPEN = "no-cache, private";

    /** Answers with an ETag, and with 304 where the caller has that already. */
    @Configuration(proxyBeanMethods = false)
    static class EntityTags {

        @Bean
        FilterRegistrationBean<ShallowEtagHeaderFilter> entityTags() {
            // An entity tag needs the whole answer in memory.
            ShallowEtagHeaderFilter filter =
                    new ShallowEtagHeaderFilter() {
                        @Override
                        protected boolean shouldNotFilter(HttpServletRequest request) {
                            String path = request.getRequestURI();
                            return path.equals("/api/v1/entries/export")
                                    || path.equals("/api/v1/entries/stream");
                        }
                    };
            // A strong one would keep Tomcat from compressing.
            filter.setWriteWeakETag(true);
            FilterRegistrationBean<ShallowEtagHeaderFilter> registration =
                    new FilterRegistrationBean<>(filter);
            registration.addUrlPatterns("/api/*");
            registration.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST));
            return registration;
        }
    }

    @Override
    public boolean supports(
            MethodParameter returned, Class<? extends HttpMessageConverter<?>> converter) {
        return returned.getContainingClass().getPackage() == Caching.class.getPackage()
                && returned.getParameterType().isRecord();
    }

    @Override
    public @Nullable Object beforeBodyWrite(
            @Nullable Object body,
            MethodParameter returned,
            MediaType type,
            Class<? extends HttpMessageConverter<?>> converter,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        response.getHeaders()
                .set(
                        HttpHeaders.CACHE_CONTROL,
                        body instanceof KeysResource.NewKeyResource
                                ? "no-store"
                                : settled(body, request) ? SETTLED : OPEN);
        // What one key may see, another may not.
        response.getHeaders().addAll(HttpHeaders.VARY, List.of("Authorization", "X-API-Key"));
        return body;
    }

    private static boolean settled(@Nullable Object body, ServerHttpRequest request) {
        return switch (body) {
            case StateResource state -> isComplete(state.coverage(), state.at());
            case DiffResource diff -> isComplete(diff.coverage(), diff.to());
            case TransactionResource done -> isComplete(done.coverage(), done.committedAt());
            case EntryPageResource page -> isComplete(page.coverage(), to(request));
            case null, default -> false;
        };
    }

    private static @Nullable String to(ServerHttpRequest request) {
        String to =
                request instanceof ServletServerHttpRequest servlet
                        ? servlet.getServletRequest().getParameter("to")
                        : null;
        return to == null ? null : WireTime.text(Times.parse(to));
    }

    /** Both are times as answers write them, which sort as texts. */
    private static boolean isComplete(Completeness coverage, @Nullable String time) {
        String until = coverage.completeUntil();
        return until != null
                && time != null
                && time.compareTo(until) <= 0
                && coverage.hasNoOpenGap();
    }
}
