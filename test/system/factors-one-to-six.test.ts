/** What the pages of the factors show is so: see docs.test.ts. In two files, because one would take too long. */
import { testDocuments } from '../parts/document-tests.ts';

testDocuments('the factors one to six', ['docs/factors/0[1-6]-*.md']);
