package dev.daybook.seal;

import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Properties;

/**
 * Sends checkpoints to an auditor's mailbox: three lines and a signature. What he keeps, nobody
 * here can change. He cannot be asked for it.
 */
public final class MailAnchor implements Anchor {

    private static final String TIMEOUT_MILLIS = "20000";

    private final URI server;
    private final String from;
    private final String to;
    private final Clock clock;

    /**
     * @param server {@code smtps://user:password@host:465} with TLS from the beginning, or {@code
     *     smtp://…:587} with STARTTLS, which only a server on this machine may lack
     * @param from the sender's address
     * @param to the auditor's address
     */
    public MailAnchor(URI server, String from, String to, Clock clock) {
        if (server.getHost() == null
                || !List.of("smtp", "smtps").contains(String.valueOf(server.getScheme()))) {
            throw new IllegalArgumentException(
                    "A mail server is named as smtp://user:password@host:587 or"
                            + " smtps://user:password@host:465; what is there names none.");
        }
        this.server = server;
        this.from = from;
        this.to = to;
        this.clock = clock;
    }

    @Override
    public Duration interval() {
        return Duration.ofDays(1);
    }

    @Override
    public void add(String checkpoint) throws IOException {
        String[] lines = checkpoint.split("\n", 3);
        String scheme = String.valueOf(server.getScheme());
        Session session = Session.getInstance(properties(scheme));
        try {
            MimeMessage message = new MimeMessage(session);
            message.setFrom(new InternetAddress(from, true));
            message.setRecipient(Message.RecipientType.TO, new InternetAddress(to, true));
            message.setSubject("Checkpoint of " + lines[0] + ", " + lines[1] + " leaves", "UTF-8");
            message.setSentDate(Date.from(clock.instant()));
            message.setText(checkpoint, "UTF-8");
            message.saveChanges();
            try (Transport transport = session.getTransport(scheme)) {
                transport.connect(server.getHost(), server.getPort(), user(0), user(1));
                transport.sendMessage(message, message.getAllRecipients());
            }
        } catch (MessagingException e) {
            throw new IOException("The mail was not accepted: " + e.getMessage(), e);
        }
    }

    private Properties properties(String scheme) throws UnknownHostException {
        Properties properties = new Properties();
        String prefix = "mail." + scheme + ".";
        for (String timeout : List.of("connectiontimeout", "timeout", "writetimeout")) {
            properties.setProperty(prefix + timeout, TIMEOUT_MILLIS);
        }
        properties.setProperty(prefix + "auth", Boolean.toString(server.getUserInfo() != null));
        properties.setProperty(prefix + "ssl.checkserveridentity", "true");
        boolean here = InetAddress.getByName(server.getHost()).isLoopbackAddress();
        properties.setProperty(prefix + "starttls.enable", "true");
        properties.setProperty(prefix + "starttls.required", Boolean.toString(!here));
        return properties;
    }

    /** Returns the user's name or password; null if the server asks for none. */
    private @Nullable String user(int part) {
        String info = server.getRawUserInfo();
        String[] parts = info == null ? new String[0] : info.split(":", 2);
        return part < parts.length
                ? URLDecoder.decode(parts[part].replace("+", "%2B"), StandardCharsets.UTF_8)
                : null;
    }

    @Override
    public List<String> checkpoints() {
        return List.of();
    }

    @Override
    public String toString() {
        return "mail to " + to;
    }
}
