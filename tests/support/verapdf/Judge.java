import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.LogManager;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Judges PDFs with the veraPDF engine. Reads a line "FLAVOUR,FLAVOUR TAB PATH" from standard input at a time and
 * answers with one line of JSON: a list of the rules that the file breaks, or an object with the key "error".
 */
public class Judge {
    private static final int SHOWN = 5;

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split("\t", 2);
            try {
                List<String> broken = new ArrayList<>();
                for (String flavour : parts[0].split(",")) {
                    broken.addAll(judge(flavour, new File(parts[1])));
                }
                out.println("[" + String.join(",", broken) + "]");
            } catch (Exception | LinkageError problem) {
                out.println("{\"error\":" + quoted(problem.toString()) + "}");
            }
        }
    }

    private static PDFAFlavour flavour(String id) {
        for (PDFAFlavour each : PDFAFlavour.values()) {
            if (each.getId().equalsIgnoreCase(id)) {
                return each;
            }
        }
        throw new IllegalArgumentException("veraPDF knows no flavour " + id);
    }

    private static List<String> judge(String id, File file) throws Exception {
        PDFAFlavour flavour = flavour(id);
        ValidationResult result;
        try (PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour);
                PDFAValidator validator =
                        Foundries.defaultInstance().createValidator(flavour, SHOWN * 1000, false, true, false)) {
            result = validator.validate(parser);
        }
        if (result.getTotalAssertions() == 0) {
            throw new IllegalStateException("veraPDF checked nothing for " + id + ": are the JAXB jars there?");
        }
        Map<String, String> messages = new LinkedHashMap<>();
        Map<String, List<String>> places = new LinkedHashMap<>();
        for (TestAssertion each : result.getTestAssertions()) {
            if (each.getStatus() != TestAssertion.Status.FAILED) {
                continue;
            }
            String rule = each.getRuleId().getClause() + "-" + each.getRuleId().getTestNumber();
            messages.putIfAbsent(rule, each.getMessage());
            List<String> shown = places.computeIfAbsent(rule, key -> new ArrayList<>());
            if (shown.size() < SHOWN) {
                shown.add(quoted(each.getLocation().getContext()));
            }
        }
        if (messages.isEmpty() && !result.isCompliant()) {
            throw new IllegalStateException("veraPDF rejects the file for " + id + " and names no rule");
        }
        List<String> found = new ArrayList<>();
        for (Map.Entry<String, String> each : messages.entrySet()) {
            found.add("{\"flavour\":" + quoted(id) + ",\"rule\":" + quoted(each.getKey()) + ",\"message\":"
                    + quoted(each.getValue()) + ",\"places\":[" + String.join(",", places.get(each.getKey())) + "]}");
        }
        return found;
    }

    private static String quoted(String text) {
        StringBuilder made = new StringBuilder("\"");
        for (char c : String.valueOf(text).toCharArray()) {
            if (c == '"' || c == '\\') {
                made.append('\\').append(c);
            } else if (c < ' ') {
                made.append(String.format("\\u%04x", (int) c));
            } else {
                made.append(c);
            }
        }
        return made.append('"').toString();
    }
}
