package dev.daybook.api.view;

import dev.daybook.api.ApiSettings;
import dev.daybook.api.security.SignIn;

import jakarta.servlet.http.HttpServletRequest;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.ModelAndView;

import java.net.URI;
import java.util.Map;

/** Signs in with a key or by the issuer, and out. */
@Controller
class SignInPage implements Page {

    private final SignIn signIn;
    private final boolean byIssuer;

    SignInPage(SignIn signIn, ApiSettings settings) {
        this.signIn = signIn;
        this.byIssuer = settings.oauth2().clientId() != null;
    }

    @GetMapping("/view/sign-in")
    String form(@RequestParam(required = false) @Nullable String next, Model model) {
        model.addAttribute("next", SignIn.here(next));
        model.addAttribute("issuer", byIssuer);
        return "sign-in";
    }

    @PostMapping("/view/sign-in")
    Object signIn(
            HttpServletRequest request,
            @RequestParam(defaultValue = "") String key,
            @RequestParam(required = false) @Nullable String next) {
        if (signIn.signIn(request, key)) {
            return ResponseEntity.status(HttpStatus.SEE_OTHER)
                    .location(URI.create(SignIn.here(next)))
                    .build();
        }
        return new ModelAndView(
                "sign-in",
                Map.of("next", SignIn.here(next), "failed", true, "issuer", byIssuer),
                HttpStatus.UNAUTHORIZED);
    }

    @PostMapping("/view/sign-out")
    ResponseEntity<Void> signOut(HttpServletRequest request) {
        signIn.signOut(request);
        return ResponseEntity.status(HttpStatus.SEE_OTHER)
                .location(URI.create("/view/sign-in"))
                .build();
    }
}
