package dev.daybook.api.rest;

import dev.daybook.api.problem.RequestId;

import org.slf4j.MDC;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.config.annotation.AsyncSupportConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Lets answers that take long be written by threads of their own, which cost little. */
@Component
class Streaming implements WebMvcConfigurer {

    @Override
    public void configureAsyncSupport(AsyncSupportConfigurer configurer) {
        SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("answer-");
        executor.setVirtualThreads(true);
        executor.setTaskDecorator(Streaming::ofTheRequest);
        configurer.setTaskExecutor(executor);
        // An export ends when it is written, a stream when its listener goes.
        configurer.setDefaultTimeout(-1);
    }

    /** Names the request in what is logged while its answer is written, too. */
    private static Runnable ofTheRequest(Runnable answer) {
        String request = MDC.get(RequestId.LOG_KEY);
        if (request == null) {
            return answer;
        }
        return () -> {
            try (MDC.MDCCloseable logged = MDC.putCloseable(RequestId.LOG_KEY, request)) {
                answer.run();
            }
        };
    }
}
