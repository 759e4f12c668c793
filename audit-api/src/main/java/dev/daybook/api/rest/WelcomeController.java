package dev.daybook.api.rest;

import io.swagger.v3.oas.annotations.Hidden;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Says to a browser where it is and where to go on. */
@Hidden
@RestController
class WelcomeController {

    private static final Resource PAGE =
            new ClassPathResource("welcome.html", WelcomeController.class);

    @GetMapping(
            path = {"/", "/api", "/api/", "/api/v1", "/api/v1/"},
            produces = MediaType.TEXT_HTML_VALUE)
    Resource welcome() {
        return PAGE;
    }
}
