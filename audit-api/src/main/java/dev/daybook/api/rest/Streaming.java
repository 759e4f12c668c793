package dev.daybook.api.rest;

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
        configurer.setTaskExecutor(executor);
        // An export ends when it is written, a stream when its listener goes.
        configurer.setDefaultTimeout(-1);
    }
}
