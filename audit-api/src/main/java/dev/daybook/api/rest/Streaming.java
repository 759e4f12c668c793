package dev.daybook.api.rest;

import dev.daybook.api.problem.RequestId;
import dev.daybook.api.query.OpenRequest;

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

    /**
     * Begins the answer when the request's own thread has left it: the filters on its way out touch
     * the headers, which no two threads may. Names the request in what is logged meanwhile, too.
     */
    static Runnable ofTheRequest(Runnable answer) {
        String request = MDC.get(RequestId.LOG_KEY);
        OpenRequest.Ending left = OpenRequest.ending();
        return () -> {
            try (MDC.MDCCloseable logged =
                    request == null ? null : MDC.putCloseable(RequestId.LOG_KEY, request)) {
                if (left != null) {
                    left.await();
                }
                answer.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                answer.run();
            }
        };
    }
}
